// Package enginetest gives tests the engines of the directory with a database in
// memory. The test moves the clock and reads the outbox. The package is for
// tests of the engines, and of edges that need only the engines. Package
// gatetest gives tests the whole server.
//
// A [Directory] has one pool. All directories of a process share the signing
// keys, because creating keys is slow. The Must… helpers create clients and
// users by the rules of the engines. The Add… and Save… helpers store rows as
// they are given, without those rules.
package enginetest
