package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevice follows a person with Chromium, whose authenticator is virtual, to a route
// that asks for a device, and an administrator who approves and revokes it. Chromium
// gives passkeys to hosts with a certificate that it trusts, or to the machine itself.
func TestDevice(t *testing.T) {
	t.Parallel()
	port, dir := freePort(t), t.TempDir()
	at := func(host string) string { return fmt.Sprintf("http://%s.localhost:%d/", host, port) }
	file := filepath.Join(dir, "config.yaml")
	text := strings.NewReplacer("{port}", fmt.Sprint(port), "{data}", filepath.Join(dir, "data"), "{app}", newUpstream(t).URL).Replace(`
address: 127.0.0.1:{port}
insecure_server: true
data_dir: {data}
health_check_addr: ''
authenticate_service_url: http://authenticate.localhost:{port}
idp_provider: cognito
idp_provider_url: http://localhost:{port}/us-east-1_Device001
idp_client_id: gatewaydeviceclient0000000
idp_client_secret: gatewaydevicesecret00000000000000000000000000000
directory:
  url: http://localhost:{port}
  domain_suffix: auth.localhost
  pools:
    - id: us-east-1_Device001
      name: staff
      domain: staff
      clients:
        - id: gatewaydeviceclient0000000
          name: gateway
          secret: gatewaydevicesecret00000000000000000000000000000
          callback_urls: ['http://authenticate.localhost:{port}/oauth2/callback']
      users:
        - {username: alice, email: alice@example.com, password: Alice-2026!}
routes:
  - from: http://laptop.localhost:{port}
    to: {app}
    policy: [{allow: {and: [{domain: example.com}, {device: {}}]}}]
  - from: http://approved.localhost:{port}
    to: {app}
    policy: [{allow: {and: [{domain: example.com}, {device: {approved: true}}]}}]
`)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	gatehouse(t, nil, "serve", "--config", file).listening(port)
	b := newWindow(t)
	b.addAuthenticator()
	b.open(at("laptop"))
	b.signIn("alice", "Alice-2026!")
	b.see("Enrol this device")
	b.press("Enrol this device")
	b.at(at("laptop"))
	b.see("The application")
	if status := b.open(at("approved")); status != 450 {
		t.Errorf("status %d before the approval, want 450", status)
	}
	id, _, _ := strings.Cut(strings.Split(command(t, nil, "device", "list", "--config", file), "\n")[1], " ")
	command(t, nil, "device", "approve", "--config", file, id)
	b.open(at("approved"))
	b.see("The application")

	// In another session the same authenticator proves the device.
	b.open(fmt.Sprintf("http://authenticate.localhost:%d/.pomerium/", port))
	b.see(id, "proven here")
	b.press("Sign out everywhere")
	b.open(at("approved"))
	b.signIn("alice", "Alice-2026!")
	b.see("Prove this device")
	b.press("Prove this device")
	b.at(at("approved"))
	b.see("The application")

	command(t, nil, "device", "revoke", "--config", file, id)
	b.until(func() bool { b.open(at("approved")); return !strings.Contains(b.text(), "The application") })
}
