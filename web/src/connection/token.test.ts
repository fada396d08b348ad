import { describe, expect, it } from "vitest";
import { subprotocols, takeToken } from "./token";

describe("takeToken", () => {
  it.each([
    ["http://host/#token=a.b-c_d", "a.b-c_d", "http://host/"],
    ["http://host/p?topic=x&server=ws://h#token=abc", "abc", "http://host/p?topic=x&server=ws://h"],
    ["http://host/#token=abc&view=%7elog", "abc", "http://host/#view=%7elog"],
    ["http://host/#a&token=abc&b", "abc", "http://host/#a&b"],
    ["http://host/#token=abc&token=def", "abc", "http://host/"],
    ["http://host/#token=a%2Eb%20", "a.b", "http://host/"],
    ["http://host/#token=", null, "http://host/"],
    ["http://host/#token=%E0%A4", "\ufffd", "http://host/"],
  ])("of %s", (address, token, rest) => {
    expect(takeToken(address)).toEqual({ token, address: rest });
  });

  it.each([
    "http://host/",
    "http://host/?token=abc",
    "http://host/#",
    "http://host/#log",
    "http://host/#mytoken=abc",
    "http://host/#&&",
  ])("leaves %s as it is", (address) => {
    expect(takeToken(address)).toEqual({ token: null, address });
  });
});

describe("subprotocols", () => {
  it("are the page's own, and one with the token", () => {
    expect(subprotocols("a.b-c_d")).toEqual(["ws-demo.v1", "bearer.a.b-c_d"]);
  });

  it.each([null, ""])("are the page's own alone where the token is %j", (token) => {
    expect(subprotocols(token)).toEqual(["ws-demo.v1"]);
  });

  it.each(["two words", "a,b", "a\r\nb", "ü", "a/b=", '"'])("are not made of %j", (token) => {
    expect(() => subprotocols(token)).toThrow(/^it has characters that cannot be sent\.$/);
  });
});
