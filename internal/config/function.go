package config

import (
	"net/url"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Function says where a function runs that pools call: a Lambda trigger.
type Function struct {
	// The ARN that a pool names in `LambdaConfig`. A `*` at its end stands for any
	// end. If several entries fit, the one with the longest ARN counts.
	ARN string `key:"arn"`

	// The address of AWS Lambda (`https://lambda.us-east-1.amazonaws.com`), or of a
	// program that speaks its Invoke API. If the address ends with `/invocations`,
	// it is called as it is.
	EndpointURL *url.URL `key:"endpoint_url"`

	// The access key that signs the requests to `endpoint_url`, which must be
	// allowed to invoke the function. Left out: the requests are signed with the key of
	// the environment, as for `directory.ses`, if the address is one of AWS
	// (`….amazonaws.com`), and not at all otherwise.
	AccessKeyID string `key:"access_key_id"`

	// The secret of that access key.
	SecretAccessKey seal.Secret `key:"secret_access_key"`

	// The session token of that access key, if it is a temporary one. A temporary key
	// ends in some hours: better leave out all three, where a role has keys.
	SessionToken seal.Secret `key:"session_token"`

	// Instead of `endpoint_url`: an address that gets the event as a POST and
	// answers with it.
	WebhookURL *url.URL `key:"webhook_url"`

	// The secret that signs the requests to `webhook_url`, at least 32 characters.
	Secret seal.Secret `key:"secret"`

	// Sends the codes of custom senders (`CustomEmailSender`, `CustomSMSSender`) to
	// `webhook_url` in clear, and not encrypted. Whoever reads a request, or a log of
	// it, can use the code: with it, people sign in and set passwords.
	ClearCodes bool `key:"clear_codes"`
}

var functionARN = pattern.New(`^arn:[\w-]+:lambda:[\w-]*(\*|:[0-9]*(\*|:function(\*|:[\w:$-]*\*?)))$`)

// minWebhookSecret is the shortest secret of a webhook, in characters.
const minWebhookSecret = 32

func (k *checker) checkFunctions(d *Directory) {
	arns := k.unique()
	for i := range d.Functions {
		at := settings.Item("directory.functions", i)
		k.checkFunction(at, &d.Functions[i])
		arns.add(at+".arn", d.Functions[i].ARN)
	}
}

func (k *checker) checkFunction(at string, f *Function) {
	switch {
	case f.ARN == "":
		k.missing(at+".arn", "write the ARN that pools name in LambdaConfig")
	case !functionARN.MatchString(f.ARN):
		k.fail(at+".arn", settings.Quote(f.ARN), "the ARN of a Lambda function", "for example arn:aws:lambda:us-east-1:000000000000:function:pre-token, or arn:aws:lambda:us-east-1:* for several")
	}
	switch {
	case f.EndpointURL == nil && f.WebhookURL == nil:
		k.missing(at+".endpoint_url", "write where the function runs: endpoint_url or webhook_url")
	case f.EndpointURL != nil && f.WebhookURL != nil:
		k.fail(at+".webhook_url", settings.QuoteURL(f.WebhookURL.String()), "one address", "a function has an endpoint_url or a webhook_url")
	case f.EndpointURL != nil:
		k.functionURL(at+".endpoint_url", f.EndpointURL)
	default:
		k.functionURL(at+".webhook_url", f.WebhookURL)
	}
	if f.ClearCodes && f.WebhookURL == nil {
		k.fail(at+".clear_codes", "true", "a key for this address", "only a webhook gets codes in clear: its requests are signed")
	}
	k.checkFunctionSecrets(at, f)
}

// functionURL checks an address to which passwords and codes may be sent.
func (k *checker) functionURL(at string, u *url.URL) {
	if k.secureURL(at, u) && u.Fragment != "" {
		k.fail(at, settings.QuoteURL(u.String()), "a URL without a fragment", "")
	}
}

func (k *checker) checkFunctionSecrets(at string, f *Function) {
	if f.AccessKeyID != "" || f.SecretAccessKey != "" || f.SessionToken != "" {
		k.checkKey(at, f.AccessKeyID, f.SecretAccessKey, f.SessionToken, "")
	}
	switch {
	case f.AccessKeyID != "" && f.EndpointURL == nil:
		k.fail(at+".access_key_id", settings.Quote(f.AccessKeyID), "a key for this address", "only endpoint_url takes an access key; a webhook has a secret")
	case f.WebhookURL != nil && f.Secret == "":
		k.missing(at+".secret", "the receiver of a webhook recognises Gatehouse by it")
	case f.WebhookURL == nil && f.Secret != "":
		k.fail(at+".secret", "the secret", "a key for this address", "only webhook_url takes a secret; endpoint_url takes an access key")
	case f.Secret != "" && len(strings.TrimSpace(f.Secret.Reveal())) < minWebhookSecret:
		k.fail(at+".secret", "the secret", "at least 32 characters long", "openssl rand -hex 32 makes one")
	}
}
