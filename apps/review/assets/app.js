// The page of the review; see API.md for what the server answers.
