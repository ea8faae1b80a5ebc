//! Messages, requests, events, usage, errors and ports: the vocabulary of every model call.
