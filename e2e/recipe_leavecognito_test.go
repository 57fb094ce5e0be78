package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLeaveCognitoRecipe runs the recipe of the documentation with another Gatehouse in
// the place of Amazon Cognito: alice signs in with the password that she has there.
func TestLeaveCognitoRecipe(t *testing.T) {
	t.Parallel()
	const pool, client = "us-east-1_Leaving01", "leavingclient000000000000"
	former := newDirectory(t, sqlite, fmt.Sprintf(`
  pools:
    - id: %s
      name: shop
      clients:
        - {id: %s, auth_flows: [ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]}
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!"}
        - {username: bob, email: bob@example.com, password: "Bob-2026!"}
`, pool, client))
	port := freePort(t)
	url := fmt.Sprintf("http://localhost:%d", port)
	config := writeFile(t, "gatehouse.yaml", fmt.Sprintf(`
address: 127.0.0.1:%d
health_check_addr: ""
insecure_server: true
certificate_authority_file: %s
data_dir: %s
directory: {url: %s}
`, port, suite.authority.cert, t.TempDir(), url))
	env := append(awsEnvironment(former.accessKey(t)), "POOL_ID="+pool, "CLIENT_ID="+client, "COGNITO_URL="+former.url, "CONFIG="+config, "GATEHOUSE_URL="+url)
	f := follow(t, "leave-cognito", env, "POOL_ID")
	tokens, err := os.ReadFile(filepath.Join(f.dir, "tokens.json"))
	if err != nil || !strings.Contains(string(tokens), `"AccessToken":`) {
		t.Errorf("alice gets %s, %v; want tokens", tokens, err)
	}
	if got := command(t, nil, "migrate", "cognito", "--config", config, "--pool", pool, "--waiting"); !strings.Contains(got, "0 users have not signed in here yet") {
		t.Errorf("after the recipe: %s", got)
	}
}
