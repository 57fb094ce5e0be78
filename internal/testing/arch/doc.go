// Package arch holds the rules of the source as tests. It has no code of its
// own. It tries what ARCHITECTURE.md and CONTRIBUTING.md say of the whole
// program, so that prose and code stay the same. Every rule has bad examples,
// and a test shows that the rule sees them.
//
//	rule_test.go        what a rule is, and the tests that run them all
//	imports_test.go     imports point down the map
//	reach_test.go       what a package must not reach through others
//	pkgdoc_test.go      every package says once what it is for
//	codes_test.go       no two errors have one code
//	placed_test.go      every error of an engine has its place at every edge
//	storage_test.go     storage interfaces are small and out of the edges' reach
//	keys_test.go        every configuration key is read
//	secrets_test.go     secrets print as redacted
//	files_test.go       gofmt, notes of work to do, the licence
//	generated_test.go   generated files and their generators
//	docs_test.go        pages and recipes match the code
//	paths_test.go       comments and pages name what exists
//
// Two rules are tried where the knowledge is. Package cognitoapi shows that an
// operation answers with no exception that the model does not list for it. Each
// generator shows that its output is up to date.
package arch
