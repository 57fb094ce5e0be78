package gatetest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

func toGroup(source types.EventSourceName, level types.LogLevel, arn string) types.LogConfigurationType {
	return types.LogConfigurationType{EventSource: source, LogLevel: level, CloudWatchLogsConfiguration: &types.CloudWatchLogsConfigurationType{LogGroupArn: &arn}}
}

func (r *tour) logs() {
	t := r.t
	pool, c := guardedPool(t, r.Server, types.AdvancedSecurityModeTypeAudit, "mia")
	get := func() []types.LogConfigurationType {
		t.Helper()
		out := must[idp.GetLogDeliveryConfigurationOutput](t)(r.signed.GetLogDeliveryConfiguration(r.ctx, &idp.GetLogDeliveryConfigurationInput{UserPoolId: &pool})).LogDeliveryConfiguration
		if *out.UserPoolId != pool || out.LogConfigurations == nil {
			t.Errorf("GetLogDeliveryConfiguration: %+v, want the pool and a list", out)
		}
		return out.LogConfigurations
	}
	set := func(list ...types.LogConfigurationType) {
		t.Helper()
		if list == nil {
			list = []types.LogConfigurationType{}
		}
		must[idp.SetLogDeliveryConfigurationOutput](t)(r.signed.SetLogDeliveryConfiguration(r.ctx, &idp.SetLogDeliveryConfigurationInput{UserPoolId: &pool, LogConfigurations: list}))
	}
	if got := get(); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	bucket := types.LogConfigurationType{EventSource: types.EventSourceNameUserAuthEvents, LogLevel: types.LogLevelInfo, S3Configuration: &types.S3ConfigurationType{BucketArn: aws.String(gatetest.LogBucket)}}
	set(toGroup(types.EventSourceNameUserNotification, types.LogLevelError, gatetest.LogGroup), bucket)
	if got := get(); len(got) != 2 || *got[0].CloudWatchLogsConfiguration.LogGroupArn != gatetest.LogGroup || got[0].LogLevel != types.LogLevelError || *got[1].S3Configuration.BucketArn != gatetest.LogBucket {
		t.Errorf("both: %+v", got)
	}
	set(toGroup(types.EventSourceNameUserAuthEvents, types.LogLevelInfo, gatetest.LogGroup))
	must[idp.UpdateUserPoolOutput](t)(r.signed.UpdateUserPool(r.ctx, &idp.UpdateUserPoolInput{UserPoolId: &pool, UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}}))
	if got := get(); len(got) != 1 {
		t.Errorf("after an update of the pool: %+v, want one", got)
	}
	if err := served(t, r.Server, pool, *c.ClientId, "mia", "192.0.2.1", firefox); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(r.LogFile)
	if err != nil {
		t.Fatal(err)
	}
	wantExported(t, got, pool, *c.ClientId)
	set()
	if err := served(t, r.Server, pool, *c.ClientId, "mia", "192.0.2.1", firefox); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(r.LogFile); err != nil || !bytes.Equal(after, got) {
		t.Errorf("after delivery ended: %q, %v", after, err)
	}
}

// wantExported fails the test unless the file has the one sign-in of mia, and nothing
// secret.
func wantExported(t *testing.T, file []byte, pool, client string) {
	t.Helper()
	if strings.Count(string(file), "\n") != 1 || strings.Contains(string(file), gatetest.Password) || strings.Contains(string(file), "mia@example.com") {
		t.Fatalf("the file has %q, want one line without secrets", file)
	}
	var entry struct {
		At      string         `json:"eventTimestamp"`
		Source  string         `json:"eventSource"`
		Level   string         `json:"logLevel"`
		Message map[string]any `json:"message"`
		From    struct {
			Pool string `json:"userPoolId"`
		} `json:"logSourceId"`
	}
	if err := json.Unmarshal(file, &entry); err != nil || entry.Source != "USER_ACTIVITY" || entry.Level != "INFO" || entry.From.Pool != pool || len(entry.At) != 13 {
		t.Errorf("entry %s, %v", file, err)
	}
	for member, want := range map[string]any{
		"version": "1", "eventType": "SignIn", "userName": "mia", "userPoolId": pool, "clientId": client, "eventResponse": "Pass", "riskLevel": "", "riskDecision": "PASS",
		"deviceName": "Firefox 128, Linux", "ipAddress": "192.0.2.1", "compromisedCredentialDetected": "false", "hasContextData": "false", "city": "", "country": "",
		"eventFeedbackValue": "", "requestId": "", "idpName": "",
	} {
		if got := entry.Message[member]; got != want {
			t.Errorf("%s is %v, want %v", member, got, want)
		}
	}
	if list, _ := entry.Message["challenges"].([]any); len(list) != 1 || list[0] != "Password:Success" {
		t.Errorf("challenges %v", entry.Message["challenges"])
	}
}

func refuseLogs(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	pool := gt.MustPool(&idp.CreateUserPoolInput{})
	set := func(list ...types.LogConfigurationType) func() error {
		return func() error {
			return errorOf(gt.API.SetLogDeliveryConfiguration(ctx, &idp.SetLogDeliveryConfigurationInput{UserPoolId: &pool, LogConfigurations: list}))
		}
	}
	const events, notes = types.EventSourceNameUserAuthEvents, types.EventSourceNameUserNotification
	note := toGroup(notes, types.LogLevelError, gatetest.LogGroup)
	both := toGroup(events, types.LogLevelInfo, gatetest.LogGroup)
	both.S3Configuration = &types.S3ConfigurationType{BucketArn: aws.String(gatetest.LogBucket)}
	inBucket := types.LogConfigurationType{EventSource: notes, LogLevel: types.LogLevelError, S3Configuration: both.S3Configuration}
	homeless := types.LogConfigurationType{EventSource: notes, LogLevel: types.LogLevelError}
	none := "Request validation Failed. Following event sources in request have no destination: [userNotification]."
	twice := " Following event sources appear more then once in a request: [userNotification]."
	elsewhere := "arn:aws:firehose:us-east-1:000000000000:deliverystream/elsewhere"
	checkRefusals(t, []refusal{
		{"no destination", set(homeless), invalid, none},
		{"twice", set(note, note), invalid, "Request validation Failed." + twice},
		{"twice, without a destination", set(homeless, homeless), invalid, ""},
		{"two destinations", set(both), invalid, "userAuthEvents has more than one destination."},
		{"a level of the other source", set(toGroup(events, types.LogLevelError, gatetest.LogGroup)), invalid, "userAuthEvents takes the level INFO."},
		{"the other way", set(toGroup(notes, types.LogLevelInfo, gatetest.LogGroup)), invalid, ""},
		{"notifications in a bucket", set(inBucket), invalid, "userNotification takes the level ERROR and a CloudWatchLogsConfiguration."},
		{"an ARN that nobody knows", set(types.LogConfigurationType{EventSource: events, LogLevel: types.LogLevelInfo, FirehoseConfiguration: &types.FirehoseConfigurationType{StreamArn: &elsewhere}}), invalid, "The configuration of this installation (directory.logs) does not say where " + elsewhere + " is."},
		{"one good and one bad", set(note, toGroup(events, types.LogLevelInfo, "arn:aws:logs:us-east-1:000000000000:log-group:unknown")), invalid, ""},
		{"set of an unknown pool", func() error {
			return errorOf(gt.API.SetLogDeliveryConfiguration(ctx, &idp.SetLogDeliveryConfigurationInput{UserPoolId: aws.String("us-east-1_none00000"), LogConfigurations: []types.LogConfigurationType{note}}))
		}, notFound, ""},
		{"get of an unknown pool", func() error {
			return errorOf(gt.API.GetLogDeliveryConfiguration(ctx, &idp.GetLogDeliveryConfigurationInput{UserPoolId: aws.String("us-east-1_none00000")}))
		}, notFound, ""},
	})
	if got := must[idp.GetLogDeliveryConfigurationOutput](t)(gt.API.GetLogDeliveryConfiguration(ctx, &idp.GetLogDeliveryConfigurationInput{UserPoolId: &pool})).LogDeliveryConfiguration.LogConfigurations; len(got) != 0 {
		t.Errorf("after refused calls: %+v, want none", got)
	}
}
