package main

import (
	"regexp"
	"strings"
	"unicode"
)

// initialisms has words of the model and their spelling in Go.
var initialisms = map[string]string{
	"Acr": "ACR", "Arn": "ARN", "Dcr": "DCR", "Html": "HTML", "Http": "HTTP", "Id": "ID", "Idp": "IDP",
	"Ip": "IP", "Kms": "KMS", "Mfa": "MFA", "Sms": "SMS", "Uri": "URI", "Url": "URL",
}

var word = regexp.MustCompile(`[A-Z]+[a-z0-9]*|[a-z0-9]+`)

// goName returns a name of the model in Go's spelling: UserPoolId becomes UserPoolID,
// SmsMfaConfigType becomes SMSMFAConfigType.
func goName(name string) string {
	name = strings.ToUpper(name[:1]) + name[1:]
	return word.ReplaceAllStringFunc(name, goWord)
}

// goWord returns one word in Go's spelling. The word may begin with an acronym: in
// "SMSMfa" only "Mfa" changes.
func goWord(w string) string {
	last := strings.LastIndexFunc(w, unicode.IsUpper)
	if last < 0 {
		return w
	}
	if good, ok := initialisms[w[last:]]; ok {
		return w[:last] + good
	}
	return w
}

// lowerCamel returns the name of a member in the spelling of AWS's messages.
func lowerCamel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// ruleName returns the name of the variable with the constraints of a shape.
func ruleName(shape string) string {
	name := goName(shape)
	capitals := strings.IndexFunc(name, func(r rune) bool { return !unicode.IsUpper(r) })
	switch {
	case capitals < 0:
		capitals = len(name)
	case capitals > 1: // the last capital begins the next word
		capitals--
	}
	return strings.ToLower(name[:capitals]) + name[capitals:] + "Rule"
}
