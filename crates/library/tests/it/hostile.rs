//! Files that want to do harm: each ends with a reason, and the program goes on.
