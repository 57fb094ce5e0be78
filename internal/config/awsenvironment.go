package config

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
)

// AWSEnvironment is what the environment of the process says of the account of AWS,
// in the variables that AWS's own programs read: an access key, a role that a token in a
// file proves, an address that gives temporary keys to the container, or one that gives
// those of the instance's role. The first of them counts.
type AWSEnvironment struct {
	AccessKeyID     string
	SecretAccessKey seal.Secret
	SessionToken    seal.Secret // "": the key is not temporary

	WebIdentity WebIdentity // the zero value: none

	ContainerURL       string      // "": none
	ContainerToken     seal.Secret // for ContainerURL; "": none
	ContainerTokenFile string      // has ContainerToken and changes with time; "": none

	InstanceURL string // of the metadata service of EC2, with a scheme; "": it is not asked
}

// WebIdentity is a role of AWS, and where to get its temporary keys for a token in a file,
// as in a pod of EKS whose service account has a role. AWS: "Assume role with web identity".
type WebIdentity struct {
	Role, Session, TokenFile string
	URL                      string // of STS
}

// AWS returns what the environment says of the account of AWS.
func (c *Config) AWS() AWSEnvironment { return c.aws }

// Given reports whether the environment has a way to sign calls of AWS.
func (e *AWSEnvironment) Given() bool {
	return e.AccessKeyID != "" || e.WebIdentity.Role != "" || e.ContainerURL != "" || e.InstanceURL != ""
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
		ContainerToken: seal.Secret(get("AWS_CONTAINER_AUTHORIZATION_TOKEN")), ContainerTokenFile: get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
	}
	if id, secret := get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"); id != "" && secret != "" { // half a key hides no role
		e.AccessKeyID, e.SecretAccessKey, e.SessionToken = id, seal.Secret(secret), seal.Secret(get("AWS_SESSION_TOKEN"))
	}
	if role, file := get("AWS_ROLE_ARN"), get("AWS_WEB_IDENTITY_TOKEN_FILE"); role != "" && file != "" {
		e.WebIdentity = WebIdentity{role, cmp.Or(get("AWS_ROLE_SESSION_NAME"), "gatehouse"), file, stsURL(cmp.Or(get("AWS_REGION"), get("AWS_DEFAULT_REGION")))}
	}
	if path := get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); strings.HasPrefix(path, "/") {
		e.ContainerURL = "http://" + ecsHost + path
	} else if full := get("AWS_CONTAINER_CREDENTIALS_FULL_URI"); isContainerURL(full) {
		e.ContainerURL = full
	}
	e.InstanceURL = instanceURL(get)
	return e
}

// instanceURL returns where an instance of EC2 gets the keys of its role. AWS: "IMDS
// credential provider".
func instanceURL(get func(string) string) string {
	switch {
	case strings.EqualFold(get("AWS_EC2_METADATA_DISABLED"), "true"):
		return ""
	case get("AWS_EC2_METADATA_SERVICE_ENDPOINT") != "":
		return get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
	case strings.EqualFold(get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "IPv6"):
		return "http://[fd00:ec2::254]"
	}
	return "http://169.254.169.254"
}

var regionName = pattern.New(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// stsURL returns the address of STS in a region; of the global one if there is none.
func stsURL(region string) string {
	switch {
	case !regionName.MatchString(region):
		return "https://sts.amazonaws.com/"
	case strings.HasPrefix(region, "cn-"):
		return "https://sts." + region + ".amazonaws.com.cn/"
	}
	return "https://sts." + region + ".amazonaws.com/"
}

func isContainerURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && slices.Contains(containerHosts, u.Hostname()))
}
