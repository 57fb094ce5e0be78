// Package arch holds the rules of the source as tests. It has no code of its
// own: what ARCHITECTURE.md and CONTRIBUTING.md say of the whole program is
// tried here, one file a rule, so that prose and code can't drift apart.
//
//	imports_test.go   imports point down the map
//	pkgdoc_test.go    every package says once what it is for
//	storage_test.go   storage interfaces are small and out of the edges' reach
//	placed_test.go    every error of an engine has its place at every edge
//	codes_test.go     no two errors have one code
//	secrets_test.go   what is secret prints as redacted
//	files_test.go     gofmt, notes of work to do, the licence, generated files
//	docs_test.go      pages and recipes match the code
//
// Two rules are tried where the knowledge is: package cognitoapi shows that no
// operation answers with an exception that the model does not list for it, and
// each generator shows that its output is up to date.
package arch
