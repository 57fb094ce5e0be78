package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSIGHUP changes the configuration file of a running gateway that does not look
// at it by itself. A file that is wrong or empty must not take the routes away.
func TestSIGHUP(t *testing.T) {
	t.Parallel()
	metrics := freePort(t)
	s := startSmall(t, fmt.Sprintf("runtime_flags: {config_hot_reload: false}\nmetrics_address: 127.0.0.1:%d", metrics))
	log := &output{}
	go io.Copy(log, s.pipe)
	path := filepath.Join(s.cmd.Dir, "config.yaml")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reload := func(text, says string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		before := strings.Count(log.String(), says)
		s.signal(syscall.SIGHUP)
		eventually(t, fmt.Sprintf("the log to say %q", says), func() bool { return strings.Count(log.String(), says) > before })
	}
	want := func(host, body string) {
		t.Helper()
		if got := s.page(host); got != body {
			t.Errorf("%s: got %q, want %q", host, got, body)
		}
	}
	measured := func(when string, lines ...string) {
		t.Helper()
		page := get(t, fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics)).body
		for _, line := range lines {
			if line = strings.Replace(line, " ", `{service="pomerium"} `, 1); !strings.Contains(page, line+"\n") {
				t.Errorf("%s, the metrics have no line %s", when, line)
			}
		}
	}
	s.listening(metrics)
	measured("at the start", "pomerium_config_last_reload_success 1", "pomerium_policy_count_total 1")
	more := string(file) + "  - {from: https://more.example.com, response: {status: 200, body: more}, allow_public_unauthenticated_access: true}\n"
	want("app.example.com", "hello")
	if got := s.page("more.example.com"); got == "more" {
		t.Error("the second route answers before the file has it")
	}
	reload(more, "the configuration was reloaded")
	want("app.example.com", "hello")
	want("more.example.com", "more")
	for name, wrong := range map[string]struct{ text, says string }{
		"a key that does not exist":  {more + "no_such_key: 1\n", "no_such_key"},
		"a route without a target":   {string(file) + "  - {from: https://more.example.com}\n", "routes[1]"},
		"not YAML":                   {more + "\t{", "config.yaml"},
		"an emptied file":            {"", "is empty"},
		"a file of a comment":        {"# nothing\n", "is empty"},
		"a certificate that is away": {more + "certificate_file: /nowhere.pem\ncertificate_key_file: /nowhere.key\n", "/nowhere"},
	} {
		reload(wrong.text, wrong.says)
		if got := s.page("more.example.com"); got != "more" {
			t.Errorf("after %s: got %q, want the old route's more", name, got)
		}
		measured("after "+name, "pomerium_config_last_reload_success 0", "pomerium_policy_count_total 2")
	}
	reload(string(file), "the configuration was reloaded")
	want("app.example.com", "hello")
	if got := s.page("more.example.com"); got == "more" {
		t.Error("the second route still answers after it was taken out of the file")
	}
	measured("at the end", "pomerium_config_last_reload_success 1", "pomerium_policy_count_total 1")
	s.stop()
}

// A SIGHUP while the process still waited for its database ended it.
func TestSIGHUPBeforeTheStartIsOver(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	config := writeFile(t, "config.yaml", fmt.Sprintf("address: 127.0.0.1:%d\ninsecure_server: true\nhealth_check_addr: ''\ndata_dir: %s\ndatabase: postgres://nobody@127.0.0.1:1/nothing\nroutes: [{from: 'https://app.example.com', response: {status: 200}, allow_public_unauthenticated_access: true}]\n", port, t.TempDir()))
	p := gatehouse(t, nil, "serve", "--config", config, "--wait", "10m")
	p.listening(port)
	p.signal(syscall.SIGHUP)
	p.signal(syscall.SIGTERM)
	<-p.ended
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signaled() {
		t.Errorf("the process ended by %v, want an end of its own after SIGTERM", p.cmd.ProcessState)
	}
}

// page returns the body of the page of a host, or an error's text.
func (s *small) page(host string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(bounded(s.t), "GET", fmt.Sprintf("http://127.0.0.1:%d/", s.port), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = host
	answer, err := s.client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}
