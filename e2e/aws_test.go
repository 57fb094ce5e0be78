package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
)

// awsCLI is a shell with the AWS CLI, set up for one endpoint.
type awsCLI struct {
	t        *testing.T
	program  string
	endpoint string
	env      []string
}

// newAWS returns a shell with credentials in its environment. exports holds the
// lines that `gatehouse keys create` prints.
func newAWS(t *testing.T, endpoint, exports string) *awsCLI {
	t.Helper()
	return &awsCLI{t: t, program: tool(t, "aws"), endpoint: endpoint, env: environment(awsEnvironment(exports)...)}
}

// awsEnvironment returns the settings of the AWS CLI: the certificate authority
// of this run and the credentials. It excludes the settings of this machine.
func awsEnvironment(exports string) []string {
	env := []string{
		"AWS_CA_BUNDLE=" + suite.authority.file, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_DEFAULT_OUTPUT=json",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1",
	}
	for line := range strings.Lines(exports) {
		env = append(env, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	return env
}

// run runs a cognito-idp command, which must succeed, and returns its JSON.
func (a *awsCLI) run(args ...string) string {
	a.t.Helper()
	out, errOut, err := a.try(args...)
	if err != nil {
		a.t.Fatalf("aws cognito-idp %s: %v\n%s", strings.Join(args, " "), err, errOut)
	}
	return out
}

// try runs a cognito-idp command, which may fail.
func (a *awsCLI) try(args ...string) (out, errOut string, err error) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(bounded(a.t), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, a.program, append([]string{"--endpoint-url", a.endpoint, "cognito-idp"}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = a.env, &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}
