//! What tests share: a scripted upstream, a throw-away database, fixtures.
