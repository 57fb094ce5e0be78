package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func loaded(t *testing.T) *model {
	t.Helper()
	m, err := loadModel(modelText)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	files, err := generate(loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../wire", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes (%v); run go generate ./internal/directory/cognitoapi/wire", name, err)
		}
	}
	var found []string
	for _, pattern := range []string{"../wire/*_gen.go", "../wire/*_gen_test.go"} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range matches {
			found = append(found, filepath.Base(file))
		}
	}
	if want := slices.Sorted(maps.Keys(files)); !slices.Equal(slices.Sorted(slices.Values(found)), want) {
		t.Errorf("generated files are %v, want %v", found, want)
	}
}

func TestGenerationIsDeterministic(t *testing.T) {
	first, err := generate(loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestGoNames(t *testing.T) {
	tests := map[string]string{
		"UserPoolId": "UserPoolID", "CallbackURLs": "CallbackURLs", "SmsMfaConfig": "SMSMFAConfig", "SMSMfaSettings": "SMSMFASettings",
		"UserMFASettingList": "UserMFASettingList", "IdToken": "IDToken", "IdpIdentifiers": "IDPIdentifiers", "KMSKeyID": "KMSKeyID",
		"KmsKeyArn": "KMSKeyARN", "headerName": "HeaderName", "S3BucketArn": "S3BucketARN", "Identifier": "Identifier", "CSS": "CSS",
	}
	for name, want := range tests {
		if got := goName(name); got != want {
			t.Errorf("goName(%s) = %s, want %s", name, got, want)
		}
	}
	rules := map[string]string{"UserPoolId": "userPoolIDRule", "CSS": "cssRule", "SESConfigurationSet": "sesConfigurationSetRule", "S3Arn": "s3ARNRule", "Username": "usernameRule"}
	for name, want := range rules {
		if got := ruleName(name); got != want {
			t.Errorf("ruleName(%s) = %s, want %s", name, got, want)
		}
	}
}

func TestAModelThatLacksAnOverriddenShapeIsRefused(t *testing.T) {
	m := loaded(t)
	delete(m.Shapes, "PasswordType")
	if err := m.override(); err == nil {
		t.Error("the overrides accept a model without PasswordType")
	}
}

func TestAModelThatLacksAListedExceptionIsRefused(t *testing.T) {
	text := bytes.Replace(modelText, []byte(`"UserNotFoundException": {`), []byte(`"OtherException": {`), 1)
	if bytes.Equal(text, modelText) {
		t.Fatal("the model does not define UserNotFoundException")
	}
	if _, err := loadModel(text); err == nil || !strings.Contains(err.Error(), "no exception UserNotFoundException") {
		t.Errorf("loadModel = %v, want an error that names UserNotFoundException", err)
	}
}
