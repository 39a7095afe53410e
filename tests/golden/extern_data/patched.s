	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	subq	$8, %rsp
	movl	$w, %esi
	movq	e(%rip), %rdi
	call	fp
	movl	w(%rip), %eax
	addl	v(%rip), %eax
	addq	$8, %rsp
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
