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
