// Package risk says what is known of a request to a pool, and what follows: it
// records the events of users, weighs the risk that somebody else signs in as a
// user, and tells which passwords others have published.
//
//	request ── Watch ─▶ Admit ─▶ (the proof of the user) ─▶ Assess ─▶ … ─▶ Record
//	             │        │                                    │             │
//	             │        address always blocked: refused      │             one event in the
//	             │                                             │             user's history
//	             │            compromised password? new device, new network,
//	             │            too far for the time since the last sign-in?
//	             │                        │
//	             │                        risk ─▶ the action of the configuration:
//	             │                        block, ask for a second factor, allow; a notice
//	             nil for a pool without threat protection: nothing is asked or written
//
// A pool is audited or enforced. If it is audited, all of that is recorded, and
// nothing is done.
//
// The risk of a sign-in comes from the sign-ins of the user that are known to be
// right: those that succeeded and that nobody called invalid, and those that the
// user or an administrator called valid. A user without one has no risk.
//
//	Low      the device or the network is new
//	Medium   both are new
//	High     the network is new, and so far from the last sign-in that nobody
//	         travels so fast; needs a file that knows where addresses are
//
// A refused sign-in never makes a place known, and does not push known places out of
// the history. What the device says of itself proves nothing: whoever knows a
// password and how the user's browser calls itself is a known device.
package risk
