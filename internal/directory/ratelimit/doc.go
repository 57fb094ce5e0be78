// Package ratelimit limits how many requests a second of a category of operations an
// installation answers. Cognito: "API request rate quotas".
//
//	Take   ─▶ a bucket in memory, filled at the limit, times this node's share
//	Follow ─▶ once a second: the limits that the API provisioned, and the shares
//
// The nodes share a limit without a write for each request. A node that uses a tenth
// of a limit says so in the database, once a second; its share is its part of all
// that nodes asked for lately. So the nodes together hold a limit, except in the
// first second of a sudden load. With less than a tenth on each node, up to ten nodes
// need not know of each other.
//
// TakeOf limits single things beside that: one user, one operation in one pool, one
// address. Each node counts those for itself.
//
// Which operation belongs to which category is told by the edges.
package ratelimit
