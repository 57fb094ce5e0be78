package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// robots is a gateway without a provider, which service accounts pass.
type robots struct {
	*process
	port         int
	config       string
	robot, other string // tokens of two service accounts
	robotKey     string // the id of the first
}

// newRobots starts such a gateway. settings are further keys; {host} in the routes is the
// common part of the hosts.
func newRobots(t *testing.T, settings, routes string) *robots {
	t.Helper()
	s := &robots{port: freePort(t)}
	s.config = writeFile(t, "config.yaml", strings.NewReplacer("{host}", fmt.Sprintf("localhost:%d", s.port)).Replace(fmt.Sprintf(`
address: 127.0.0.1:%d
health_check_addr: ""
certificates: [{cert: %s, key: %s}]
certificate_authority_file: %s
data_dir: %s
authenticate_service_url: https://authenticate.{host}
%s
routes:%s`, s.port, suite.authority.cert, suite.authority.key, suite.authority.file, t.TempDir(), settings, routes)))
	s.process = gatehouse(t, nil, "serve", "--config", s.config)
	s.listening(s.port)
	eventually(t, "the gateway to be ready", func() bool { return strings.Contains(s.log.String(), `"msg":"ready"`) })
	s.robot, s.robotKey = s.account(t, "robot")
	s.other, _ = s.account(t, "other")
	return s
}

// account makes a service account, and returns its token and the id of its key.
func (s *robots) account(t *testing.T, name string) (token, key string) {
	t.Helper()
	return newServiceAccount(t, s.config, name)
}

func newServiceAccount(t *testing.T, config, name string) (token, key string) {
	t.Helper()
	made := command(t, nil, "keys", "create", "--config", config, "--service-account", "--name", name)
	return strings.TrimSpace(between(made, "token:", "\n")), strings.TrimSpace(between(made, "id:", "\n"))
}
