// Package enginetest gives tests the directory's engines over a database in
// memory, with a clock that the test moves and an outbox that it reads. It is
// for the tests of the engines themselves: no server, no wire.
//
// A [Directory] has one pool, whose signing keys are made once a process; the
// Must… helpers add clients, users and more pools. Package gatetest gives the
// whole server.
package enginetest
