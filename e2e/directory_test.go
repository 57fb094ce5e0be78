package e2e

import (
	"fmt"
	"testing"
)

// directory is a process with user pools.
type directory struct {
	*process
	url    string // the API, and the base of issuers
	port   int
	config string // path of its file
	mail   *mailServer
}

// newDirectory starts a directory on a database of its own. more is added to
// the directory's part of its configuration.
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

// start starts the process, again after it was killed.
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

// newPool makes what the recipes ask for, with the AWS CLI. authenticate is
// the base URL of who will sign people in; people come back to its callback.
func (d *directory) newPool(aws *awsCLI, prefix, callback, signedOut string) *pool {
	d.t.Helper()
	created := decode[struct{ UserPool struct{ Id string } }](d.t, aws.run("create-user-pool", "--pool-name", prefix,
		"--auto-verified-attributes", "email", "--schema", "Name=email,Required=true,Mutable=true"))
	p := &pool{id: created.UserPool.Id, issuer: d.url + "/" + created.UserPool.Id, domain: fmt.Sprintf("https://%s.auth.localhost:%d", prefix, d.port)}
	client := decode[struct {
		UserPoolClient struct{ ClientId, ClientSecret string }
	}](d.t, aws.run("create-user-pool-client", "--user-pool-id", p.id, "--client-name", "gateway", "--generate-secret",
		"--callback-urls", callback, "--logout-urls", signedOut,
		"--allowed-o-auth-flows", "code", "--allowed-o-auth-scopes", "email", "openid", "profile", "--allowed-o-auth-flows-user-pool-client",
		"--supported-identity-providers", "COGNITO"))
	p.clientID, p.clientSecret = client.UserPoolClient.ClientId, client.UserPoolClient.ClientSecret
	aws.run("create-user-pool-domain", "--user-pool-id", p.id, "--domain", prefix)
	return p
}

// newUser makes a user with a permanent password.
func (p *pool) newUser(aws *awsCLI, name, password string, groups ...string) {
	aws.t.Helper()
	aws.run("admin-create-user", "--user-pool-id", p.id, "--username", name, "--message-action", "SUPPRESS",
		"--user-attributes", "Name=email,Value="+name+"@example.com", "Name=email_verified,Value=true", "Name=name,Value="+name)
	aws.run("admin-set-user-password", "--user-pool-id", p.id, "--username", name, "--password", password, "--permanent")
	for _, group := range groups {
		aws.run("admin-add-user-to-group", "--user-pool-id", p.id, "--username", name, "--group-name", group)
	}
}

// accessKey makes an access key on the command line, as an operator does.
func (d *directory) accessKey(t *testing.T) string {
	t.Helper()
	return command(t, nil, "keys", "create", "--config", d.config, "--name", "end to end")
}
