//! What several servers share by Redis (SCL-2): what is spent and held of budgets, and limits in sliding windows.
//!
//! Every step is one script, and so one round trip that happens whole or not at all. A call's **hold** is written down
//! under its server and its exchange's id, with the windows it counts for: settled once, it is gone, so that a
//! settlement may be sent again after an answer was lost. What a killed server held stays held, because what it had
//! sent to a provider may be billed; its holds are settled by what its journal says when it comes back, or by what
//! the ledger proves meanwhile, and go with their windows otherwise.
//!
//! Redis may lose everything (a restart without persistence): then a new **epoch** begins. For the length of a lease
//! nobody reserves anything; each living server writes its holds down anew, and what was spent comes from the ledger.
//!
//! Amounts are nano-dollars in numbers that are exact up to nine million dollars.

mod figures;
mod link;

pub use figures::{Dead, Demand, Figures, Hold, LimitTaken, Limited, Pulse, Reserved, Settled, What, Window};
pub use link::{Cluster, ClusterError, Settings};
