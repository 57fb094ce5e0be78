// Package e2e drives the program itself, built once as it is released, with the
// clients that people use: the AWS CLI and SDKs, a headless Chromium, nginx,
// PostgreSQL, and an OpenID provider that is not Gatehouse. It holds only tests.
//
// A file holds one scenario, which runs on SQLite and on PostgreSQL. Every
// scenario has processes, databases, ports and cookies of its own, so that all
// scenarios can run at the same time. A client that is not installed fails the
// scenario, and the failure says what to install. No test is left out.
//
// The other files hold what the scenarios share:
//
//	process_test.go   starts and ends the program
//	browser_test.go   a person at Chromium
//	system_test.go    both halves in one process, and a person without script
//	aws_test.go       the AWS CLI
//	mail_test.go      a mailbox
//	upstream_test.go  an application behind the gateway
//	follow_test.go    runs a recipe of README.md
//
// testdata/node names what comes from npm, with checksums.
//
// What needs no process is tested beside the code.
package e2e
