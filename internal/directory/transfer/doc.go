// Package transfer takes a user pool out of an installation, whole, and into
// another one: settings, clients, users and what they prove themselves with, and
// the keys that sign the pool's tokens.
//
//	Export ─ Store.ReadPool ─▶ rows ─ open what is sealed ─▶ Writer ─▶ lines ─▶ age ─▶ file
//	Import ◀─ Store.AddRows ─ seal it again ◀─ check ◀─ Reader ◀─ lines ◀─ age ◀─ file
//
// A kind ([Kind]) is a noun of the file: it names a table of the database, the
// fields of its rows, and what in them is sealed. Everything else of the package
// knows no noun. The store's test holds the kinds against the schema: a table or a
// column of a pool is in a kind, or in [LeftBehind] with the reason.
//
// docs/moving.md describes the file. An imported pool is hidden until its
// last row is there and the file has proved to be whole; until then the import goes
// on where it stopped if it is begun again.
//
// Package age encrypts the file, and whoever opens it decides with which keys: this
// package reads and writes plain lines.
package transfer
