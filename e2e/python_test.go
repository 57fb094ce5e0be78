package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
)

// swept is what testdata/python/sweep.py prints.
type swept struct {
	Outcomes   map[string]string
	Unmodelled map[string]string
	Listed     map[string][2]int
}

// TestBoto3 calls every operation that boto3 knows, and reads the lists page by page.
// boto3 must understand each answer, and the model must list each error.
func TestBoto3(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, "")
		got := decode[swept](t, pythonScript{name: "sweep.py", module: "boto3", env: append(awsEnvironment(d.accessKey(t)), "ENDPOINT="+d.url)}.run(t))
		for operation, what := range got.Unmodelled {
			t.Errorf("%s: %s", operation, what)
		}
		for list, want := range map[string]int{
			"list_users": 8, "list_groups": 16, "list_users_in_group": 8, "admin_list_groups_for_user": 8, "list_user_pool_clients": 8,
			"list_resource_servers": 8, "list_identity_providers": 8, "list_user_pools": 9, "admin_list_user_auth_events": 8,
		} {
			if got.Listed[list] != [2]int{want, want} {
				t.Errorf("%s: %v elements, different ones; want %d", list, got.Listed[list], want)
			}
		}
		for _, operation := range []string{
			"AdminGetUser", "DeleteUserPool", "DescribeIdentityProvider", "DescribeUserPool", "DescribeUserPoolClient", "GetCSVHeader", "GetSigningCertificate",
			"GetUser", "ListUsers", "SetRiskConfiguration", "SetUserPoolMfaConfig", "TagResource", "UpdateUserPool", "UpdateUserPoolClient",
		} {
			if got.Outcomes[operation] != "ok" {
				t.Errorf("%s: %q, want ok", operation, got.Outcomes[operation])
			}
		}
	})
}

// pythonScript is a script of testdata/python, and a module that it needs.
type pythonScript struct {
	name, module string
	env          []string
	input        string
}

// run runs the script and returns what it prints.
func (s pythonScript) run(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(bounded(t), 2*patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, pythonWith(t, s.module), "testdata/python/"+s.name)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environment(s.env...), strings.NewReader(s.input), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", s.name, err, stderr.String())
	}
	return stdout.String()
}

// pythonWith returns a Python that has a module. The first python3 of the path may be
// another one than Debian's, which has Debian's packages.
func pythonWith(t *testing.T, module string) string {
	t.Helper()
	for _, candidate := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(candidate, "-c", "import "+module).Run() == nil {
			return candidate
		}
	}
	t.Fatalf("no python3 has %s: run `make e2e`, which installs it", module)
	return ""
}
