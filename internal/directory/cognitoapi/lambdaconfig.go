package cognitoapi

import (
	"strconv"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// plainTriggers returns the members of c that are an ARN alone, by trigger.
func plainTriggers(c *wire.LambdaConfig) map[userpool.Trigger]**string {
	return map[userpool.Trigger]**string{
		userpool.TriggerPreSignUp:           &c.PreSignUp,
		userpool.TriggerPostConfirmation:    &c.PostConfirmation,
		userpool.TriggerPreAuthentication:   &c.PreAuthentication,
		userpool.TriggerPostAuthentication:  &c.PostAuthentication,
		userpool.TriggerPreToken:            &c.PreTokenGeneration,
		userpool.TriggerUserMigration:       &c.UserMigration,
		userpool.TriggerCustomMessage:       &c.CustomMessage,
		userpool.TriggerDefineAuthChallenge: &c.DefineAuthChallenge,
		userpool.TriggerCreateAuthChallenge: &c.CreateAuthChallenge,
		userpool.TriggerVerifyAuthChallenge: &c.VerifyAuthChallengeResponse,
	}
}

// triggersOf returns the functions that a pool is to call.
func triggersOf(c *wire.LambdaConfig) (userpool.Triggers, error) {
	t := userpool.Triggers{}
	if c == nil {
		return t, nil
	}
	functions := map[userpool.Trigger]string{}
	set := func(trigger userpool.Trigger, arn *string) {
		if val(arn) != "" {
			functions[trigger] = *arn
		}
	}
	for trigger, arn := range plainTriggers(c) {
		set(trigger, *arn)
	}
	if s := c.CustomEmailSender; s != nil {
		set(userpool.TriggerCustomEmailSender, s.LambdaARN)
	}
	if s := c.CustomSMSSender; s != nil {
		set(userpool.TriggerCustomSMSSender, s.LambdaARN)
	}
	t.CodeKey = val(c.KMSKeyID)
	if functions[userpool.TriggerPreToken] != "" {
		t.TokenEvent = 1
	}
	if v := c.PreTokenGenerationConfig; v != nil {
		if old := functions[userpool.TriggerPreToken]; old != "" && old != val(v.LambdaARN) {
			return t, userpool.ErrSettings.Saying("PreTokenGeneration and PreTokenGenerationConfig must name the same function.")
		}
		set(userpool.TriggerPreToken, v.LambdaARN)
		t.TokenEvent, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(val(v.LambdaVersion), "V"), "_0"))
	}
	if len(functions) > 0 {
		t.Functions = functions
	}
	return t, nil
}

// wireTriggers returns the wire form of the functions that a pool calls.
func wireTriggers(t userpool.Triggers) *wire.LambdaConfig {
	c := &wire.LambdaConfig{KMSKeyID: nonZero(t.CodeKey)}
	for trigger, arn := range plainTriggers(c) {
		*arn = nonZero(t.Functions[trigger])
	}
	if t.TokenEvent > 0 {
		c.PreTokenGenerationConfig = &wire.PreTokenGenerationVersionConfig{
			LambdaARN: c.PreTokenGeneration, LambdaVersion: new("V" + strconv.Itoa(t.TokenEvent) + "_0"),
		}
	}
	if arn := t.Functions[userpool.TriggerCustomEmailSender]; arn != "" {
		c.CustomEmailSender = &wire.CustomEmailLambdaVersionConfig{LambdaARN: &arn, LambdaVersion: new("V1_0")}
	}
	if arn := t.Functions[userpool.TriggerCustomSMSSender]; arn != "" {
		c.CustomSMSSender = &wire.CustomSMSLambdaVersionConfig{LambdaARN: &arn, LambdaVersion: new("V1_0")}
	}
	return c
}
