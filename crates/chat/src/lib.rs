//! One conversation turn, end to end: the tree of messages, grounding, generation apart from the connection.
