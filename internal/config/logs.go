package config

import (
	"net/url"
	"os"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// LogDestination says what an ARN is to which pools deliver log entries: a file, a
// program of your own, or CloudWatch Logs.
type LogDestination struct {
	// The ARN that `SetLogDeliveryConfiguration` names: of a log group, a bucket or a
	// stream. A `*` at its end stands for any end. If several entries fit, the one with
	// the longest ARN counts.
	ARN string `key:"arn"`

	// A regular file to which each entry is appended as a line of JSON. It need not exist.
	File string `key:"file"`

	// An address that gets each entry as a POST of JSON, and answers with a status
	// from 200 to 299.
	WebhookURL *url.URL `key:"webhook_url"`

	// The secret that signs the requests to `webhook_url`, at least 32 characters.
	Secret seal.Secret `key:"secret"`

	// The address of CloudWatch Logs (`https://logs.eu-west-1.amazonaws.com`), or of a
	// program that speaks its API. The log group must exist.
	EndpointURL *url.URL `key:"endpoint_url"`

	// The access key for `endpoint_url` (`logs:PutLogEvents`, `logs:CreateLogStream`).
	// Left out: as for `directory.ses`.
	AccessKeyID string `key:"access_key_id"`

	// The secret of that access key.
	SecretAccessKey seal.Secret `key:"secret_access_key"`

	// The session token of that access key, if it is a temporary one. A temporary key
	// ends in some hours: better leave out all three, where a role has keys.
	SessionToken seal.Secret `key:"session_token"`
}

var (
	logARN      = pattern.New(`^arn:[\w-]+:(logs|s3|firehose):[^*]*\*?$`)
	logGroupARN = pattern.New(`^arn:[\w-]+:logs:`)
)

func (k *checker) checkLogs(d *Directory) {
	arns := k.unique()
	for i := range d.Logs {
		at := settings.Item("directory.logs", i)
		k.checkLog(at, &d.Logs[i])
		arns.add(at+".arn", d.Logs[i].ARN)
	}
}

func (k *checker) checkLog(at string, l *LogDestination) {
	switch {
	case l.ARN == "":
		k.missing(at+".arn", "write the ARN that pools name in SetLogDeliveryConfiguration")
	case !logARN.MatchString(l.ARN):
		k.fail(at+".arn", settings.Quote(l.ARN), "the ARN of a log group, a bucket or a stream", "for example arn:aws:logs:us-east-1:000000000000:log-group:users, or arn:aws:logs:* for several")
	case l.EndpointURL != nil && !logGroupARN.MatchString(l.ARN):
		k.fail(at+".endpoint_url", settings.QuoteURL(l.EndpointURL.String()), "an address for this ARN", "only log groups are at CloudWatch Logs: write file or webhook_url")
	}
	k.checkLogPlace(at, l)
	switch {
	case l.WebhookURL != nil && l.Secret == "":
		k.missing(at+".secret", "the receiver of a webhook recognises Gatehouse by it")
	case l.Secret != "" && len(strings.TrimSpace(l.Secret.Reveal())) < minWebhookSecret:
		k.fail(at+".secret", "the secret", "at least 32 characters long", "openssl rand -hex 32 makes one")
	}
	if l.EndpointURL != nil || l.AccessKeyID != "" || l.SecretAccessKey != "" || l.SessionToken != "" {
		k.checkKey(at, l.AccessKeyID, l.SecretAccessKey, l.SessionToken, "CloudWatch Logs recognises Gatehouse by it: write an access key")
	}
}

// checkLogPlace checks that there is one place, at an address that can be used.
func (k *checker) checkLogPlace(at string, l *LogDestination) {
	places := 0
	for _, given := range []bool{l.File != "", l.WebhookURL != nil, l.EndpointURL != nil} {
		if given {
			places++
		}
	}
	switch {
	case places == 0:
		k.missing(at+".file", "write where the entries go: file, webhook_url or endpoint_url")
	case places > 1:
		k.fail(at, "the destination", "in one place", "write one of file, webhook_url and endpoint_url")
	}
	if info, err := os.Stat(l.File); err == nil && !info.Mode().IsRegular() {
		k.fail(at+".file", settings.Quote(l.File), "a regular file", "write the path of a file, which need not exist: a pipe or a device could block")
	}
	if l.WebhookURL != nil {
		k.functionURL(at+".webhook_url", l.WebhookURL)
	}
	if l.EndpointURL != nil {
		k.functionURL(at+".endpoint_url", l.EndpointURL)
	}
}
