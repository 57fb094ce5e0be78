// Package e2e tests the program from outside. It builds the program once, as for
// a release. It uses real clients and servers: the AWS CLI and SDKs, a headless
// Chromium, nginx, PostgreSQL, Pebble, gRPC, OpenSSH, and an OpenID provider that is not
// Gatehouse. The package contains only tests. What needs no process is tested beside
// the code.
//
// Each scenario has a file. It runs on SQLite and on PostgreSQL. Each scenario
// has its own processes, databases, ports and cookies, so that all scenarios can
// run at the same time. If a client is not installed, the scenario fails and
// says what to install. No test is skipped, except for TestAutocertAtPort80 where the
// user may not listen at that port.
//
// These files contain what the scenarios share:
//
//	process_test.go   starts and stops the program
//	chromium_test.go  a person at Chromium
//	person_test.go    a person at a browser without script
//	system_test.go    both halves in one process
//	robots_test.go    a gateway that programs pass
//	nodes_test.go     two processes on one database
//	client_test.go    single requests
//	aws_test.go       the AWS CLI
//	mail_test.go      a mailbox
//	upstream_test.go  an application behind the gateway
//	follow_test.go    runs a recipe of README.md
//
// With the build tag chaos, TestKill kills a hundred times, and the scenarios of
// disk_test.go run. They mount file systems, so they need root.
//
// testdata/node lists the npm packages with their checksums.
package e2e
