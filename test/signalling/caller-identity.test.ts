import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callParties } from '../../src/signalling/drachtio/caller-identity.ts';

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1';
const parties = (headers: Record<string, string>, trusted = true) => {
  const all: Record<string, string> = { from: ANONYMOUS, to: '<sip:95555@bank.example>', ...headers };
  return callParties((name) => all[name], trusted);
};

describe('who called', () => {
  test.each([
    ['<sip:+861055550147@trunk.example;user=phone>, <tel:+861055550147>', '+861055550147'],
    ['"Li, Lei" <tel:+86-10-5555-0147>', '+861055550147'],
    ['"<sip:9@evil>" <sip:4711@pbx.example>', '4711'],
    ['sip:4711@pbx.example', '4711'],
    ['<sip:anonymous@anonymous.invalid>, <tel:+1555>', '+1555'],
    ['<sip:trunk.example>', 'anonymous'],
    ['', 'anonymous'],
  ])('P-Asserted-Identity %s is %s', (value, caller) => {
    expect(parties({ 'p-asserted-identity': value })).toMatchObject({ caller, asserted: caller !== 'anonymous' });
  });

  test.each([
    ['"C" <sip:+49301@gw>;party=calling;screen=yes;privacy=off', '+49301', false],
    ['<sip:95555@gw>;party=called, <sip:+49301@gw>;party=calling;privacy=full', '+49301', true],
    ['<sip:+49301@gw>', '+49301', false],
    ['<sip:+49301@gw>;party=called', 'anonymous', false],
  ])('Remote-Party-ID %s', (value, caller, hidden) => {
    expect(parties({ 'remote-party-id': value })).toMatchObject({ caller, private: hidden });
  });

  test('the asserted identity comes before Remote-Party-ID, and both before From', () => {
    const both = { 'p-asserted-identity': '<tel:+1>', 'remote-party-id': '<tel:+2>', from: '<tel:+3>' };
    expect(parties(both).caller).toBe('+1');
    expect(parties({ ...both, 'p-asserted-identity': '' }).caller).toBe('+2');
    expect(parties({ from: '<tel:+3>' })).toMatchObject({ caller: '+3', asserted: false });
  });

  test('strangers are believed nothing but From and To', () => {
    const headers = { 'p-asserted-identity': '<tel:+1>', diversion: '<tel:+2>', privacy: 'id', from: '<sip:me@here>' };
    expect(parties(headers, false)).toEqual({
      caller: 'me',
      called: '95555',
      divertedFrom: undefined,
      asserted: false,
      private: false,
    });
  });

  test.each([
    ['id', true],
    ['none', false],
    ['user;id;critical', true],
    ['header', true],
    ['', false],
  ])('Privacy: %s', (privacy, hidden) => {
    expect(parties({ privacy }).private).toBe(hidden);
  });

  test.each([
    [
      { diversion: '<sip:+861055550100@trunk.example>;reason=no-answer;counter=1, <tel:+2>;reason=busy' },
      '+861055550100',
    ],
    [{ 'history-info': '<sip:100@b>;index=1, <sip:95555@b?Reason=SIP%3Bcause%3D302>;index=1.1' }, '100'],
    [{ 'history-info': '<sip:95555@b;cause=408>;index=1.1.1, <sip:100@b>;index=1, <sip:200@b>;index=1.1' }, '200'],
    [{ 'history-info': '<sip:95555@a>;index=1, <sip:95555@b>;index=1.1' }, undefined],
    [{ 'history-info': '<sip:95555@a>;index=1' }, undefined],
    [{}, undefined],
  ])('diverted from: %j is %s', (headers, from) => {
    expect(parties(headers).divertedFrom).toBe(from);
  });

  test('whatever stands in them, it answers, and soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const all = {
          'p-asserted-identity': text,
          'remote-party-id': text,
          diversion: text,
          'history-info': text,
          privacy: text,
        };
        expect(parties(all).caller.length).toBeLessThanOrEqual(64);
      }),
    );
    const began = performance.now();
    parties({
      'p-asserted-identity': '"'.repeat(20_000),
      diversion: '<'.repeat(20_000),
      'history-info': '"\\'.repeat(20_000),
    });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
