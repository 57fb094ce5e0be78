package gatetest_test

import (
	"reflect"
	"testing"

	"gatehouse/internal/testing/gatetest"
)

// What a pool says of End User Messaging is read back whole, wherever it was written.
func TestEndUserMessagingOfAPool(t *testing.T) {
	gt := gatetest.New(t)
	c := &caller{gt, t, gt.Handler}
	texting := object{"EumsSms": object{
		"CallerArn": "arn:aws:iam::000000000000:role/eums", "ExternalId": "x", "OriginationIdentity": "+15559990000", "ConfigurationSetName": "set", "InEntityId": "1", "InTemplateId": "2", "Region": "us-east-1",
	}}
	shown := func() any {
		return c.must("DescribeUserPool", object{"UserPoolId": gt.Pool})["UserPool"].(object)["SmsConfiguration"]
	}
	c.must("UpdateUserPool", object{"UserPoolId": gt.Pool, "SmsConfiguration": texting})
	if got := shown(); !reflect.DeepEqual(got, any(texting)) {
		t.Errorf("UpdateUserPool: %v, want %v", got, texting)
	}
	other := object{"EumsSms": object{"CallerArn": "arn:aws:iam::000000000000:role/eums"}}
	answer := c.must("SetUserPoolMfaConfig", object{"UserPoolId": gt.Pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": object{"SmsConfiguration": other}})
	if got := answer["SmsMfaConfiguration"].(object)["SmsConfiguration"]; !reflect.DeepEqual(got, any(other)) || !reflect.DeepEqual(shown(), any(other)) {
		t.Errorf("SetUserPoolMfaConfig: %v and %v, want %v", got, shown(), other)
	}
	for name, bad := range map[string]object{
		"no role":        {"EumsSms": object{"Region": "us-east-1"}},
		"another region": {"EumsSms": object{"CallerArn": "arn:aws:iam::000000000000:role/eums", "Region": "eu-west-1"}},
		"SNS too":        {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "EumsSms": object{"CallerArn": "arn:aws:iam::000000000000:role/eums"}},
	} {
		for operation, in := range map[string]object{
			"CreateUserPool": {"PoolName": "p", "SmsConfiguration": bad}, "UpdateUserPool": {"UserPoolId": gt.Pool, "SmsConfiguration": bad},
			"SetUserPoolMfaConfig": {"UserPoolId": gt.Pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": object{"SmsConfiguration": bad}},
		} {
			_, err := raw(gt, t, operation, in)
			wantException(t, operation+" with "+name, err, invalid, "")
		}
	}
	if got := shown(); !reflect.DeepEqual(got, any(other)) {
		t.Errorf("after refused requests: %v, want %v", got, other)
	}
}
