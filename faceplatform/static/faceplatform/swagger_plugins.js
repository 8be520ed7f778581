"use strict";

// Keeps the authorization when the page is loaded again. Swagger UI's own persistAuthorization keeps it
// in the local storage, for whoever uses the machine next; this ends with the tab.
const AuthorizationOfTab = () => {
  const key = "faceplatform.authorized";
  return {
    statePlugins: {
      auth: {
        wrapActions: {
          persistAuthorizationIfNeeded: (_, { authSelectors }) => () => {
            sessionStorage.setItem(key, JSON.stringify(authSelectors.authorized()));
          },
        },
      },
      configs: {
        wrapActions: {
          loaded: (loaded, { authActions }) => (...args) => {
            loaded(...args);
            const authorized = sessionStorage.getItem(key);
            if (authorized) authActions.restoreAuthorization({ authorized: JSON.parse(authorized) });
          },
        },
      },
    },
  };
};

// Leaves the empty fields of a form out of the request, unless "Send empty value" is ticked.
const EmptyFieldsLeftOut = () => ({
  wrapComponents: {
    ParameterIncludeEmpty: (Original, { React }) => (props) =>
      React.createElement(Original, {
        ...props,
        isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
      }),
  },
});

// Operations unfold by a button, in which Swagger UI nests a link to the same place: text instead.
const PathsAsText = () => ({
  wrapComponents: {
    DeepLink: (Original, { React }) => (props) =>
      props.path.includes("/")
        ? React.createElement("span", { className: "nostyle" }, props.text)
        : React.createElement(Original, props),
  },
});

// Names the fields that Swagger UI leaves without a label, and lets the keyboard scroll its examples.
const FieldsNamed = () => {
  const labels = {
    ".body-param__text": "Body of the request",
    ".examples-select-element": "Example",
  };
  const name = () => {
    for (const [selector, label] of Object.entries(labels)) {
      for (const field of document.querySelectorAll(`${selector}:not([aria-label])`)) {
        field.setAttribute("aria-label", label);
      }
    }
    for (const example of document.querySelectorAll("pre.microlight:not([tabindex])")) {
      example.tabIndex = 0;
    }
  };
  return {
    afterLoad: () => new MutationObserver(name).observe(document.body, { childList: true, subtree: true }),
  };
};
