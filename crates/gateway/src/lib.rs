//! One way for every model call: admit, reserve, recall, fit, route, attempt, meter, settle.
