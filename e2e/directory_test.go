package e2e

import (
	"fmt"
	"testing"
)

// directory is a process with user pools.
type directory struct {
	*process
	url    string // the endpoint of the API, and the start of the issuers' URLs
	port   int
	config string // path of the configuration file
	mail   *mailServer
}

// newDirectory starts a directory with an empty database. more is added to the
// section directory of its configuration.
func newDirectory(t *testing.T, db database, more string) *directory {
	t.Helper()
	d := &directory{port: freePort(t), mail: newMailServer(t)}
	d.url = fmt.Sprintf("https://localhost:%d", d.port)
	d.config = writeFile(t, "directory.yaml", fmt.Sprintf(`
address: 127.0.0.1:%[1]d
health_check_addr: ""
certificates:
  - {cert: %[2]s, key: %[3]s}
data_dir: %[4]s
database: %[5]s
directory:
  url: %[6]s
  domain_suffix: auth.localhost
  smtp: {host: 127.0.0.1, port: %[7]d, tls: none, from: Gatehouse <no-reply@example.com>}
%[8]s`, d.port, suite.authority.cert, suite.authority.key, t.TempDir(), db(t), d.url, d.mail.port, more))
	d.start(t)
	return d
}

// start starts the process. It can be called again after the process was killed.
func (d *directory) start(t *testing.T) {
	t.Helper()
	d.process = gatehouse(t, nil, "serve", "--config", d.config)
	d.listening(d.port)
}

// pool is a user pool with an app client for the gateway.
type pool struct {
	id, issuer             string
	domain                 string // URL of its sign-in pages
	clientID, clientSecret string
}

// domainURL returns the URL of the sign-in pages of a domain prefix.
func (d *directory) domainURL(prefix string) string {
	return fmt.Sprintf("https://%s.auth.localhost:%d", prefix, d.port)
}

// accessKey creates an access key with the command line, as an operator does. It
// returns the lines that the command prints.
func (d *directory) accessKey(t *testing.T) string {
	t.Helper()
	return command(t, nil, "keys", "create", "--config", d.config, "--name", "end to end")
}
