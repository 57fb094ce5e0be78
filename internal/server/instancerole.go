package server

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"gatehouse/internal/base/web"
)

// instanceRole asks the metadata service of an instance of EC2 for temporary keys of its
// role. While the service is away, the last key serves on. AWS: "IMDS credential provider".
type instanceRole struct{ *ec2rolecreds.Provider }

// instanceAnswer is how long the service may take for one answer: it is on the same
// machine, or there is none.
const instanceAnswer = time.Second

// newInstanceRole asks with a token alone (IMDSv2): without, a program that can be
// made to fetch a URL would get the keys of the instance, too.
func newInstanceRole(url string, transport http.RoundTripper) instanceRole {
	client := imds.New(imds.Options{
		Endpoint: url, EnableFallback: aws.FalseTernary, ClientEnableState: imds.ClientEnabled,
		HTTPClient: web.NewClient(transport, instanceAnswer),
	})
	return instanceRole{ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client })}
}

// Retrieve implements [aws.CredentialsProvider].
func (i instanceRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return wholeKey(i.Provider.Retrieve(ctx))
}
