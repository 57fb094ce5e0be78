// Package enginetest gives tests the directory's engines over a database in
// memory, with a clock that the test moves and an outbox that it reads. It is
// for the tests of the engines, and of the edges that need nothing but engines.
//
// A [Directory] has one pool, whose signing keys are made once a process. The
// Must… helpers make clients and users by the rules. The Add… and Save… helpers
// save rows as they are given, past the rules. Package gatetest gives the whole
// server.
package enginetest
