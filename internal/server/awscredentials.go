package server

import (
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// awsCredentials returns what signs calls of AWS: the access key or, if there is none,
// what the environment has. nil: it has nothing.
func (o *Options) awsCredentials(id string, secret, token seal.Secret) aws.CredentialsProvider {
	e := o.Config.AWS()
	switch {
	case id != "":
		return credentials.NewStaticCredentialsProvider(id, secret.Reveal(), token.Reveal())
	case !e.Given():
		return nil
	case e.AccessKeyID != "":
		return credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey.Reveal(), e.SessionToken.Reveal())
	}
	temporary := o.containerCredentials(e)
	if e.WebIdentity.Role != "" {
		temporary = webIdentity{e.WebIdentity, web.NewClient(o.outgoing(nil), keyAnswer)}
	}
	return aws.NewCredentialsCache(temporary, func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = 5 * time.Minute })
}

// keyAnswer is how long an address may take to give a key.
const keyAnswer = 5 * time.Second

// containerCredentials asks the address that ECS or EKS gave to the container for
// temporary keys. AWS: "Container credential provider".
func (o *Options) containerCredentials(e config.AWSEnvironment) aws.CredentialsProvider {
	return endpointcreds.New(e.ContainerURL, func(c *endpointcreds.Options) {
		c.HTTPClient = web.NewClient(o.outgoing(nil), keyAnswer)
		c.AuthorizationToken = e.ContainerToken.Reveal()
		if e.ContainerTokenFile == "" {
			return
		}
		c.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
			text, err := os.ReadFile(e.ContainerTokenFile) // it changes while the process runs
			return strings.TrimSpace(string(text)), err
		})
	})
}
