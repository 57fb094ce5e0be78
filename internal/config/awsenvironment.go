package config

import (
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
)

// AWSEnvironment is what the environment of the process says of the account of AWS,
// in the variables that AWS's own programs read: an access key, or an address that
// gives temporary ones to the container.
type AWSEnvironment struct {
	AccessKeyID     string
	SecretAccessKey seal.Secret
	SessionToken    seal.Secret // "": the key is not temporary

	ContainerURL       string      // "": none
	ContainerToken     seal.Secret // for ContainerURL; "": none
	ContainerTokenFile string      // has ContainerToken and changes with time; "": none
}

// AWS returns what the environment says of the account of AWS.
func (c *Config) AWS() AWSEnvironment { return c.aws }

// Given reports whether the environment has a way to sign calls of AWS.
func (e *AWSEnvironment) Given() bool {
	return e.AccessKeyID != "" && e.SecretAccessKey != "" || e.ContainerURL != ""
}

// ecsHost is where Amazon ECS answers with credentials.
const ecsHost = "169.254.170.2"

// containerHosts are the hosts that may be asked without TLS: those of ECS and EKS,
// and the container itself. AWS: "Container credential provider".
var containerHosts = []string{ecsHost, "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1"}

func awsEnvironment(environ []string) AWSEnvironment {
	get := func(name string) (value string) {
		for _, pair := range environ {
			if n, v, _ := strings.Cut(pair, "="); n == name {
				value = v
			}
		}
		return value
	}
	e := AWSEnvironment{
		AccessKeyID: get("AWS_ACCESS_KEY_ID"), SecretAccessKey: seal.Secret(get("AWS_SECRET_ACCESS_KEY")), SessionToken: seal.Secret(get("AWS_SESSION_TOKEN")),
		ContainerToken: seal.Secret(get("AWS_CONTAINER_AUTHORIZATION_TOKEN")), ContainerTokenFile: get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
	}
	if path := get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); strings.HasPrefix(path, "/") {
		e.ContainerURL = "http://" + ecsHost + path
	} else if full := get("AWS_CONTAINER_CREDENTIALS_FULL_URI"); isContainerURL(full) {
		e.ContainerURL = full
	}
	return e
}

func isContainerURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && slices.Contains(containerHosts, u.Hostname()))
}
