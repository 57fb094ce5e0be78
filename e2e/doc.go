// Package e2e drives the program itself, built once as it is released, with the
// clients that people use: the AWS CLI and SDKs, a headless Chromium, nginx,
// PostgreSQL, an OpenID provider that is not Gatehouse. It holds tests alone.
//
// One scenario is one file; each runs on SQLite and on PostgreSQL. Every
// scenario has processes, databases, ports and cookies of its own, so that all
// of them can run at the same time. A client that is not installed is a failure
// that names the package to install, never a test left out.
//
// The other files hold what scenarios are told with: process_test.go starts the
// program, browser_test.go is a person at a browser, aws_test.go one at a
// shell, mail_test.go their mailbox, upstream_test.go an application behind the
// gateway, follow_test.go who runs a page of docs/recipes. What comes from npm is
// named, with its checksums, in testdata/node.
//
// What can be tried without a process is tried beside the code.
package e2e
