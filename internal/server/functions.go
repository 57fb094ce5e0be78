package server

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/function"
)

// functions returns the caller of the functions that pools may call.
func (o *Options) functions(transport http.RoundTripper) *function.Caller {
	client := web.NewClient(transport, 0) // the caller limits each call
	c := &function.Caller{}
	if o.Dev != nil {
		c.Entries = o.Dev.entries()
	}
	for i := range o.Config.Directory.Functions {
		f := &o.Config.Directory.Functions[i]
		c.Entries = append(c.Entries, function.Entry{ARN: f.ARN, Target: o.target(f, client), ClearCodes: f.ClearCodes})
	}
	return c
}

func (o *Options) target(f *config.Function, client *http.Client) function.Target {
	if f.WebhookURL != nil {
		return &function.Webhook{URL: f.WebhookURL, Secret: f.Secret, Client: client, Now: o.Now}
	}
	l := &function.Lambda{Endpoint: f.EndpointURL, Client: client, Now: o.Now}
	if f.AccessKeyID != "" || strings.HasSuffix(f.EndpointURL.Hostname(), ".amazonaws.com") { // other programs need no key
		l.Credentials = o.awsCredentials(f.AccessKeyID, f.SecretAccessKey, f.SessionToken)
	}
	return l
}
