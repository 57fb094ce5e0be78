package server

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// awsCredentials returns what signs calls of AWS: the access key or, if there is none,
// what the environment has. nil: it has nothing.
func (o *Options) awsCredentials(id string, secret, token seal.Secret) aws.CredentialsProvider {
	if id != "" {
		return credentials.NewStaticCredentialsProvider(id, secret.Reveal(), token.Reveal())
	}
	if e := o.Config.AWS(); o.environmentKey == nil && e.Given() {
		o.environmentKey = aws.NewCredentialsCache(o.fromEnvironment(e), func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = 5 * time.Minute })
	}
	return o.environmentKey
}

// fromEnvironment returns the first that the environment has, in the order of AWS's own
// programs.
func (o *Options) fromEnvironment(e config.AWSEnvironment) aws.CredentialsProvider {
	switch {
	case e.AccessKeyID != "":
		return credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey.Reveal(), e.SessionToken.Reveal())
	case e.WebIdentity.Role != "":
		return webIdentity{e.WebIdentity, web.NewClient(o.outgoing(nil), keyAnswer)}
	case e.ContainerURL != "":
		return o.containerCredentials(e)
	}
	return newInstanceRole(e.InstanceURL, o.nearby())
}

// tellOfNoKey says at the start, and not when the first code is lost, that the
// environment has no key for the calls that need one.
func (s *Server) tellOfNoKey(o *Options) {
	if o.environmentKey == nil {
		return
	}
	s.later.run(0, func(ctx context.Context) {
		if _, err := o.environmentKey.Retrieve(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("no_aws_key", "error", err.Error())
		}
	})
}

// keyAnswer is how long an address may take to give a key.
const keyAnswer = 5 * time.Second

// containerCredentials asks the address that ECS or EKS gave to the container for
// temporary keys. AWS: "Container credential provider".
func (o *Options) containerCredentials(e config.AWSEnvironment) aws.CredentialsProvider {
	return containerRole{endpointcreds.New(e.ContainerURL, func(c *endpointcreds.Options) {
		c.HTTPClient = web.NewClient(o.nearby(), keyAnswer)
		c.Retryer = retry.AddWithMaxBackoffDelay(retry.NewStandard(), time.Second) // a code waits
		c.AuthorizationToken = e.ContainerToken.Reveal()
		if e.ContainerTokenFile == "" {
			return
		}
		c.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
			text, err := os.ReadFile(e.ContainerTokenFile) // it changes while the process runs
			return strings.TrimSpace(string(text)), err
		})
	})}
}

type containerRole struct{ *endpointcreds.Provider }

// Retrieve implements [aws.CredentialsProvider].
func (c containerRole) Retrieve(ctx context.Context) (key aws.Credentials, err error) {
	defer func() {
		if recover() != nil { // the SDK panics at the answer "null"
			err = errNoKey
		}
	}()
	return wholeKey(c.Provider.Retrieve(ctx))
}

var errNoKey = errors.New("the answer has no key")

// wholeKey refuses half a temporary key, before it is kept until it ends.
func wholeKey(key aws.Credentials, err error) (aws.Credentials, error) {
	switch {
	case err != nil:
		return aws.Credentials{}, err
	case !key.HasKeys():
		return aws.Credentials{}, errNoKey
	}
	return key, nil
}
