// Package userimport makes users of a pool from a CSV file, in the background.
//
//	Create ─▶ Created ─ Upload ─ Start ─▶ Pending ─▶ InProgress ─┬─▶ Succeeded
//	             │                           └──┬──────────┘     └─▶ Failed
//	             └─ a day ─▶ Expired           Stop ─▶ Stopping ─▶ Stopped
//
// The database keeps the file, in chunks, and the place in it. So any node can run a
// job, and go on with it after the node that ran it was killed:
//
//	Work ─▶ claim a job that no node holds, for half a minute
//	     ─▶ read some lines (lines.go), make users of them (record.go)
//	     ─▶ save the users, the counts, the report, the place in the file and the
//	        claim in one transaction (Store.ImportUsers); again
//
// A line is therefore counted once, whatever happens, and a node that has lost its
// claim saves nothing. What a job needs of memory does not grow with the file.
//
// No function of the pool runs, and no message is sent. A user has the password whose
// hash the line brings, if the job names the algorithm of hashes (hashing.go), or else
// none, and chooses one with a code (user.ResetRequired). Cognito: "Importing users into
// user pools from a CSV file".
package userimport
