package userpool

import (
	"slices"

	"gatehouse/internal/base/pattern"
)

// Trigger is a moment at which a pool calls a function of its owner. Its value is
// the member of Cognito's LambdaConfig.
type Trigger string

// The triggers.
const (
	TriggerPreSignUp           Trigger = "PreSignUp"
	TriggerPostConfirmation    Trigger = "PostConfirmation"
	TriggerPreAuthentication   Trigger = "PreAuthentication"
	TriggerPostAuthentication  Trigger = "PostAuthentication"
	TriggerPreToken            Trigger = "PreTokenGeneration"
	TriggerUserMigration       Trigger = "UserMigration"
	TriggerCustomMessage       Trigger = "CustomMessage"
	TriggerDefineAuthChallenge Trigger = "DefineAuthChallenge"
	TriggerCreateAuthChallenge Trigger = "CreateAuthChallenge"
	TriggerVerifyAuthChallenge Trigger = "VerifyAuthChallengeResponse"
	TriggerCustomEmailSender   Trigger = "CustomEmailSender"
	TriggerCustomSMSSender     Trigger = "CustomSMSSender"
)

// Triggers are the functions that a pool calls.
type Triggers struct {
	Functions map[Trigger]string `json:",omitempty"` // their ARNs
	// TokenEvent is the version of the event of TriggerPreToken: 1, 2 or 3. 0: the
	// pool has no such trigger.
	TokenEvent int `json:",omitempty"`
	// CodeKey is the ARN of the key under which the custom senders get codes.
	CodeKey string `json:",omitempty"`
}

// Has reports whether the pool has the trigger.
func (p *Pool) Has(t Trigger) bool { return p.Settings.Triggers.Functions[t] != "" }

// keyARN is the form of the ARN of a key. Region and account may be any: the key is
// the installation's own, which the ARN only names.
var keyARN = pattern.New(`^arn:[\w-]+:kms:[a-z0-9-]+:[0-9]+:key/[\w-]+$`)

// check returns an error if the functions of custom senders have no key, or if the
// key is none. Cognito: LambdaConfigType.
func (t *Triggers) check() error {
	if t.CodeKey != "" && !keyARN.MatchString(t.CodeKey) {
		return ErrSettings.Saying("KMSKeyID must be the ARN of a KMS key, for example arn:aws:kms:us-east-1:000000000000:key/codes.")
	}
	senders := []Trigger{TriggerCustomEmailSender, TriggerCustomSMSSender}
	if t.CodeKey == "" && slices.ContainsFunc(senders, func(s Trigger) bool { return t.Functions[s] != "" }) {
		return ErrSettings.Saying("KMSKeyID is required when a custom sender is configured.")
	}
	return nil
}
