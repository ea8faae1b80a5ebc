//! Tests of the head and of retargeting.
