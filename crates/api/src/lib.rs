//! The data transfer objects of the HTTP API: the page, the terminal and the server speak through them.
