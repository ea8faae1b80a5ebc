//! The HTTP edge: one route table, the API, the OpenAI and Anthropic doors, and the page.
