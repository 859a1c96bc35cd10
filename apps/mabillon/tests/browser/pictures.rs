//! Pictures of the four main views, light and dark, at 1280 and 1920 pixels, for people to look at: they are written
//! to `target/pictures/` by each run.

use serde_json::json;

use crate::chromium::chromium;
use crate::review::Desk;
use crate::served::workspace;

#[test]
fn the_views_are_drawn_whole() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let item = desk.stand_in.borrow().of_opinion("contradicted")[0].clone();
    let page = desk.page(&chromium, "/view/overview");
    let folder = workspace().join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let views = [
        ("overview", "/view/overview".to_owned(), ".opinions"),
        (
            "items",
            "/view/items?sort=opinion".to_owned(),
            ".item-row .about",
        ),
        (
            "item",
            format!("/view/item/{item}?sort=opinion"),
            ".finding",
        ),
        ("compare", String::new(), "mark.change"),
    ];
    for (width, height) in [(1280, 900), (1920, 1080)] {
        for colours in ["light", "dark"] {
            page.look(width, height, colours);
            for (name, path, sign) in &views {
                if path.is_empty() {
                    page.press("c");
                } else {
                    page.go(&format!("{}{path}", desk.served.origin()));
                }
                page.wait(&format!("document.querySelector({})", json!(sign)));
                page.rest(std::time::Duration::from_millis(300));
                let wide = page.eval("document.documentElement.scrollWidth <= innerWidth");
                assert_eq!(wide, json!(true), "{name} at {width} scrolls sideways");
                std::fs::write(
                    folder.join(format!("{name}-{width}-{colours}.png")),
                    page.picture(),
                )
                .unwrap();
            }
        }
    }
}
