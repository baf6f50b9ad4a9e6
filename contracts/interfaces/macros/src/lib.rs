//! Keeps documentation off the chain.
//!
//! The SDK's macros copy every doc comment of a contract's types, errors and events into the wasm,
//! in the section `contractspecv0`. For the vault that was 8.6 KB, a fifth of its size limit, and
//! every call pays for the bytes of the contracts that it loads.

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// Placed above `#[contracttype]`, `#[contracterror]` or `#[contractevent]`: rustdoc shows the
/// item's documentation, the contract's specification does not carry it.
///
/// The SDK reads only literal documentation. So `#[doc = "text"]`, which is what a doc comment
/// stands for, becomes `#[doc = concat!("text")]`, which only the compiler expands.
#[proc_macro_attribute]
pub fn docs_off_chain(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    wrap_docs(item)
}

/// Wraps every literal that follows `doc =`, at any depth.
fn wrap_docs(tokens: TokenStream) -> TokenStream {
    let mut wrapped = Vec::new();
    for token in tokens {
        let token = match token {
            TokenTree::Literal(text) if follows_doc(&wrapped) => {
                wrapped.push(TokenTree::Ident(Ident::new("concat", Span::call_site())));
                wrapped.push(TokenTree::Punct(Punct::new('!', Spacing::Alone)));
                let text = TokenStream::from(TokenTree::Literal(text));
                TokenTree::Group(Group::new(Delimiter::Parenthesis, text))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), wrap_docs(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            token => token,
        };
        wrapped.push(token);
    }
    wrapped.into_iter().collect()
}

fn follows_doc(tokens: &[TokenTree]) -> bool {
    matches!(
        tokens,
        [.., TokenTree::Ident(name), TokenTree::Punct(equals)]
            if name.to_string() == "doc" && equals.as_char() == '='
    )
}
