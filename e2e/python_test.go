package e2e

import (
	"bytes"
	"context"
	"os/exec"
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
		got := decode[swept](t, runPython(t, "testdata/python/sweep.py", append(awsEnvironment(d.accessKey(t)), "ENDPOINT="+d.url)...))
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

// runPython runs a script with a Python that has boto3, and returns what it prints.
func runPython(t *testing.T, script string, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(bounded(t), 2*patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, pythonWithBoto3(t), script)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(env...), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	return stdout.String()
}

// pythonWithBoto3 returns a Python that has boto3. The first python3 of the path may
// be another one than Debian's, which has Debian's packages.
func pythonWithBoto3(t *testing.T) string {
	t.Helper()
	for _, candidate := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(candidate, "-c", "import boto3").Run() == nil {
			return candidate
		}
	}
	t.Fatal("boto3 is not installed: run `apt-get install python3-boto3`, or `make e2e`, which installs it")
	return ""
}
